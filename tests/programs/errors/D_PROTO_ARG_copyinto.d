/* Not a pointer.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { copyinto(arg0, 8, arg1); }
