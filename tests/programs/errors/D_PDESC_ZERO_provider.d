/* No such provider.
 * @args: -xerrtags
 * @status: 1
 */
nosuch:::probe { trace(1); }
