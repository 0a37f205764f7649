/* A format is known at compile time.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { s = "%d"; printf(s, 1); }
