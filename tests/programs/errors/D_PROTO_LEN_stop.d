/* stop takes nothing.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { stop(1); }
