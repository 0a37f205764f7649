/* @status: 1
 * @args: -x errtags
 */
BEGIN { trace(uregs[R_ERR + 1]); exit(0); }
