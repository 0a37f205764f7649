/* A width is a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%*d", "5", 5); }
