/* An action is no value.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { x = 1 ? 0 : printf("x"); }
