/* An id is an integer.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { commit("1"); }
