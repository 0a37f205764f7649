/* Size letters mean it.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%hd", 1); }
