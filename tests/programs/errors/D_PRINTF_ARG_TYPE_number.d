/* A number is no string.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%s", 1); }
