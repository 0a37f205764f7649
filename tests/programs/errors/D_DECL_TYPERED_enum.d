/*
 * An enum, too.
 * @args: -xerrtags
 * @engines: process
 * @status: 1
 */
enum e { A };
enum e { B };
BEGIN { exit(0); }
