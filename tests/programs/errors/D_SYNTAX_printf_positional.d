/* Positions are not supported.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%1$d", 1); }
