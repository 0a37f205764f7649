/* Room is made for copyin, but not any.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { copyin(arg0, 1048576); copyin(arg0, 1048577); }
