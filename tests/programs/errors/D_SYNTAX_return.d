/* return is a call.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { return; }
