/* Options have names.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { setopt(1); }
