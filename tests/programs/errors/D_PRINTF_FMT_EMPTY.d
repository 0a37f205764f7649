/* An empty format.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf(""); }
