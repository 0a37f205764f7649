/* A string is no number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%d", "x"); }
