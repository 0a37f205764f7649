/* A format is a string.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf(1); }
