/* Nor has an aggregation.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { @a = count(); trace(@a); }
