/* The width took it.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%*d", 1); }
