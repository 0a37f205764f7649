/* @status: 1
 * @args: -x errtags
 */
BEGIN { trace(uregs["RIP"]); exit(0); }
