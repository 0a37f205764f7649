/* It is needed.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { raise(); }
