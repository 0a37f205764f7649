/* Aggregating behind commit.
 * @args: -x errtags
 * @status: 1
 */
BEGIN { commit(1); @ = count(); }
