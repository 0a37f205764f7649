/* A name and a value.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { setopt("quiet", "1", "2"); }
