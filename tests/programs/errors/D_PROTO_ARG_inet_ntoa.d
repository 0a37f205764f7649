/* An address of another kind.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { trace(inet_ntoa((int *)alloca(4))); exit(0); }
