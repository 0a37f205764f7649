/* Aggregations are for printa.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf("%@d", 1); }
