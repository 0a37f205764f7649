/* An aggregation's value is a number.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { @["k"] = sum(1); printa("%s %@s\n", @); }
