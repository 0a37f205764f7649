/* More than the scratch space.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { alloca(257); }
