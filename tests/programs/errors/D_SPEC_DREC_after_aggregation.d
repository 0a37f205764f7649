/* An aggregation is data too.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { @ = count(); speculate(1); }
