/* What does not fit into strsize is cut off.
 * @args: -q -x strsize=10
 */
BEGIN { p = (uint32_t *)alloca(24); *p = 0xffffffff; *(p + 1) = 0x12345678;
	printf("%s %s %s\n", inet_ntoa(p), inet_ntop(AF_INET6, p), link_ntop(ARPHRD_ETHER, p)); exit(0); }
