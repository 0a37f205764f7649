/* commit behind data.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { trace(1); commit(1); }
