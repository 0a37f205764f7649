/* An action is no value.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { 1 ? trace(1) : 0; }
