/* Which form, must be known at compile time.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { trace(inet_ntoa6((struct in6_addr *)alloca(16), pid)); exit(0); }
