/* No id.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { speculate(); }
