/* A width without a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%*d"); }
