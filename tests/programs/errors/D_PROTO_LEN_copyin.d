/* No size.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { copyin(arg0); }
