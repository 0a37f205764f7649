/* Too many.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { copyinstr(arg0, 1, 2); }
