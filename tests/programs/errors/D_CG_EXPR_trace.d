/* An action is no value.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { x = trace(1); }
