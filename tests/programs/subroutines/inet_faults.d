/* Memory that cannot be read, and kinds of addresses that there are not.
 * @args: -q
 * @mask: offset \d+ => offset N
 * @mask: -\d{10,} => SCRATCH
 * @mask: 0xff\w{14} => SCRATCH
 */
int kind;
BEGIN { trace(inet_ntoa((ipaddr_t *)16)); }
BEGIN { trace(inet_ntoa6((in6_addr_t *)16)); }
BEGIN { trace(inet_ntop(AF_INET6, (void *)16)); }
BEGIN { trace(inet_ntop(AF_UNIX, alloca(16))); }
BEGIN { kind = 3; trace(inet_ntop(kind, alloca(16))); }
BEGIN { trace(link_ntop(ARPHRD_ETHER, (void *)16)); }
BEGIN { trace(link_ntop(ARPHRD_PPP, alloca(20))); }
BEGIN { trace(link_ntop(kind, alloca(20))); }
BEGIN { trace(inet_ntoa((ipaddr_t *)0)); }
BEGIN { trace(inet_ntop(AF_INET6, alloca(8))); }
ERROR { printf("%d %d\n", arg4, arg5); }
BEGIN { exit(0); }
