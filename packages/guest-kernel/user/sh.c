/*
 * The shell: commands with arguments and quotes, `|` `<` `>` `>>` `&` `;` `#`, cd, exit, wait, help.
 * `sh` reads the console, `sh file` a script, `sh -c text` one line. A job runs in a process group of its own, which
 * Ctrl-C ends.
 */
#include "library.h"

#define WORDS 32
#define COMMANDS 8

struct command {
  char *words[WORDS + 1];
  int count;
  char *input, *output;
  bool append;
};

struct pipeline {
  struct command commands[COMMANDS];
  int count;
  bool background;
};

static u32 last_status;
static i64 shell_group;

static const char *const special = "|<>&;";
static char pending;   /* the special character that ended the last word and was overwritten by its terminator */
static bool abandoned; /* a syntax error: the rest of the line is not run */

/* The next token of *at: a word (unquoted in place and terminated), or one of `special`. 0 at the end. */
static char next_token(char **at, char **word) {
  char *from = *at;
  if (pending) {
    char found = pending;
    pending = 0;
    return found;
  }
  while (*from == ' ' || *from == '\t') from++;
  if (!*from || *from == '#') return 0;
  if (strchr(special, *from)) {
    *at = from + 1;
    return *from;
  }
  char *to = *word = from, quote = 0;
  for (; *from && (quote || !strchr(" \t|<>&;", *from)); from++) {
    if (quote ? *from == quote : *from == '"' || *from == '\'') quote = quote ? 0 : *from;
    else *to++ = *from;
  }
  if (*from && *from != ' ' && *from != '\t') pending = *from;
  *at = *from ? from + 1 : from;
  *to = 0;
  return 'w';
}

/* As other shells tell it: the exit status, or more than 128 when the process did not exit by itself. */
static u32 exit_code(u32 status) { return status & 0xff ? 128 + (status & 0xff) : status >> 8; }

static bool syntax_error(const char *what) {
  fprint(2, "sh: %s\n", what);
  last_status = STATUS_EXIT(2);
  abandoned = true;
  return false;
}

/* Parses one pipeline. *done: the line ended. False: nothing to run. */
static bool parse(char **at, struct pipeline *pipeline, bool *done) {
  memset(pipeline, 0, sizeof *pipeline);
  struct command *command = &pipeline->commands[pipeline->count++];
  for (;;) {
    char *word = NULL, token = next_token(at, &word);
    if (token == 'w') {
      if (command->count == WORDS) return syntax_error("too many words");
      command->words[command->count++] = word;
    } else if (token == '<' || token == '>') {
      char second = next_token(at, &word);
      if (token == '>' && second == '>') command->append = true, second = next_token(at, &word);
      if (second != 'w') return syntax_error("a file name is missing");
      *(token == '<' ? &command->input : &command->output) = word;
    } else if (token == '|') {
      if (!command->count) return syntax_error("a command is missing before |");
      if (pipeline->count == COMMANDS) return syntax_error("too many commands in a pipeline");
      command = &pipeline->commands[pipeline->count++];
    } else {
      *done = token == 0;
      pipeline->background = token == '&';
      if (!command->count && pipeline->count > 1) return syntax_error("a command is missing after |");
      return command->count > 0;
    }
  }
}

static void redirect(const char *path, u32 flags, i64 descriptor) {
  if (!path) return;
  i64 file = open(path, flags);
  if (file < 0) fail(path, file);
  dup2(file, descriptor);
  close(file);
}

static void execute(struct command *command) {
  char path[PATH_MAX] = "/bin/";
  redirect(command->input, O_READ, 0);
  redirect(command->output, O_WRITE | O_CREATE | (command->append ? O_APPEND : O_TRUNCATE), 1);
  const char *name = command->words[0];
  if (strchr(name, '/')) strlcpy(path, name, sizeof path);
  else strlcpy(path + 5, name, sizeof path - 5);
  i64 error = exec(path, command->words);
  fprint(2, "%s: %s\n", name, error == -ENOENT ? "no such command" : error_text(error));
  exit(127);
}

static u32 wait_for(i64 child) {
  u32 status = 0;
  for (i64 id; (id = wait(&status)) != child;)
    if (id < 0) return STATUS_KILLED;
  return status;
}

/* In the job's process: connects all commands, runs the last one's status home. */
static void run_job(struct pipeline *pipeline) {
  setgroup();
  if (pipeline->count == 1) execute(&pipeline->commands[0]);
  i64 input = -1, last = -1;
  for (int i = 0; i < pipeline->count; i++) {
    u32 ends[2] = {0};
    bool more = i + 1 < pipeline->count;
    if (more && pipe(ends) < 0) fail("sh: pipe", -ENFILE);
    last = fork();
    if (last < 0) fail("sh: fork", last);
    if (last == 0) {
      if (input >= 0) dup2(input, 0), close(input);
      if (more) dup2(ends[1], 1), close(ends[0]), close(ends[1]);
      execute(&pipeline->commands[i]);
    }
    if (input >= 0) close(input);
    if (more) close(ends[1]), input = ends[0];
  }
  u32 status = 0, result = 0;
  for (i64 id; (id = wait(&status)) >= 0;)
    if (id == last) result = status;
  exit((i64)exit_code(result));
}

static bool builtin(struct command *command) {
  const char *name = command->words[0];
  if (!strcmp(name, "exit")) exit(command->count > 1 ? (i64)parse_number(command->words[1]) : (i64)exit_code(last_status));
  if (!strcmp(name, "cd")) {
    i64 error = chdir(command->count > 1 ? command->words[1] : "/");
    if (error) fprint(2, "cd: %s\n", error_text(error));
    last_status = error ? STATUS_EXIT(1) : 0;
  } else if (!strcmp(name, "wait")) {
    while (wait(NULL) >= 0) {}
    last_status = 0;
  } else if (!strcmp(name, "status")) {
    print("%u\n", exit_code(last_status));
  } else if (!strcmp(name, "help")) {
    print("built in: cd [path], status, wait, help, exit [status]; programs: ls /bin; workloads: bench -l\n");
    last_status = 0;
  } else {
    return false;
  }
  return true;
}

static void run_line(char *line) {
  static struct pipeline pipeline;
  pending = 0;
  abandoned = false;
  for (bool done = false; !done && !abandoned;) {
    if (!parse(&line, &pipeline, &done)) continue;
    if (pipeline.count == 1 && !pipeline.background && builtin(&pipeline.commands[0])) continue;
    i64 child = fork();
    if (child == 0) run_job(&pipeline);
    if (child < 0) {
      fprint(2, "sh: fork: %s\n", error_text(child));
      last_status = STATUS_EXIT(1);
    } else if (pipeline.background) {
      last_status = 0;
    } else {
      foreground(child);
      last_status = wait_for(child);
      foreground(shell_group);
    }
  }
}

int main(int count, char **arguments) {
  static struct line_reader reader;
  char line[LINE_MAX];
  bool interactive = count == 1;
  if (count > 2 && !strcmp(arguments[1], "-c")) {
    run_line(arguments[2]);
    return (int)exit_code(last_status);
  }
  if (!interactive) {
    reader.descriptor = open(arguments[1], O_READ);
    if (reader.descriptor < 0) fail(arguments[1], reader.descriptor);
  }
  for (;;) {
    if (interactive) print("$ ");
    if (!read_line(&reader, line)) break;
    run_line(line);
  }
  if (interactive) print("\n");
  return (int)exit_code(last_status);
}
