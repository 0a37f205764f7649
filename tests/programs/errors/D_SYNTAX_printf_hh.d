/* There is no such size.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%hhd", 1); }
