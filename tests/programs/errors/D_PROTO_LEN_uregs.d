/* @status: 1
 * @args: -x errtags
 */
BEGIN { trace(uregs[R_RIP, R_RSP]); exit(0); }
