# What the shell and the file system can do; its output is the same on every machine.
cat /etc/motd.txt
echo one two three | wc
ls -l /dev
mkdir /tmp/work; cd /tmp/work
echo alpha > greek; echo beta >> greek; echo gamma >> greek
cat < greek | grep -v beta | wc
grep '^.a.*a$' greek
ln greek letters; ls -l .; rm greek; cat letters
sleep 1 & wait
cat /src/pages.c | grep mprotect | wc
nonsense; status
cat /no/such/file; status
crash illegal; status
cd /; rm /tmp/work/letters; rm /tmp/work; ls /tmp
