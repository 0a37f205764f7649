/* One value.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { return(1, 2); }
