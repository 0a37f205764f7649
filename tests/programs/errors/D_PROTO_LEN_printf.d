/* A format is needed.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { printf(); }
