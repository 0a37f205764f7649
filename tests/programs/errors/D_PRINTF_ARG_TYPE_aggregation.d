/* An aggregation is no number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { @a = count(); printf("%d", @a); }
