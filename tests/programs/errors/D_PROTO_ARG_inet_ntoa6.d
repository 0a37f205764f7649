/* An address of another kind.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { trace(inet_ntoa6((int *)alloca(16))); exit(0); }
