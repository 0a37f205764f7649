/* Not a pointer.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { bcopy(1, alloca(8), 2); }
