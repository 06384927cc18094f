#!/bin/sh
# What udhcpc calls with the address that it was given.
case $1 in
deconfig) ip address flush dev "$interface"; ip link set "$interface" up ;;
bound | renew)
  ip address add "$ip/${mask:-24}" dev "$interface"
  for gateway in $router; do ip route add default via "$gateway" dev "$interface"; break; done
  : >/etc/resolv.conf
  for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
  ;;
esac
