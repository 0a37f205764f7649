/* Not an integer.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { alloca("8"); }
