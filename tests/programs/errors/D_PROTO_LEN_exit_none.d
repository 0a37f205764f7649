/* exit needs a status.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { exit(); }
