/*
 * An enum that is nowhere.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
enum nobody_knows x;
BEGIN { exit(0); }
