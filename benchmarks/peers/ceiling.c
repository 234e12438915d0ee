/* Gopher's rules over Arrow's buffers: what compiled code without any framework takes.
 *
 * One byte for each of `rows` texts: 1 if kept. Letters and spaces beyond ASCII are not looked at
 * one by one: a byte above 127 counts as a letter, and characters are counted by their first byte.
 */
#include <stdint.h>
#include <string.h>

static int space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31); }

static int letter(uint8_t c) { return c > 127 || (c | 32) - 'a' < 26u; }

static const char *const STOP[] = {"the", "be", "to", "of", "and", "that", "have", "with"};

static int bullet(const uint8_t *at, const uint8_t *end) {
    if (*at == '-' || *at == '*') return 1;
    if (end - at < 3 || *at != 0xE2) return 0;
    int mark = at[1] << 8 | at[2];
    return mark == 0x80A2 || mark == 0x80A3 || mark == 0x8183 || mark == 0x97A6 || mark == 0x96AA
        || mark == 0x978F || mark == 0x96A0 || mark == 0x8093;
}

static int keeps(const uint8_t *at, const uint8_t *end) {
    int64_t words = 0, characters = 0, hashes = 0, ellipses = 0, with_letter = 0;
    int64_t lines = 0, bullets = 0, dotted = 0, stops = 0;
    while (at < end) {
        const uint8_t *line_end = memchr(at, '\n', end - at);
        if (!line_end) line_end = end;
        const uint8_t *last = at;
        int any = 0;
        while (at < line_end) {
            while (at < line_end && space(*at)) at++;
            if (at == line_end) break;
            const uint8_t *word = at;
            int has = 0;
            if (!any) bullets += bullet(word, line_end);
            any = 1;
            for (; at < line_end && !space(*at); at++) {
                characters += (*at & 0xC0) != 0x80;
                has |= letter(*at);
                hashes += *at == '#';
                if (*at == '.' && line_end - at > 2 && at[1] == '.' && at[2] == '.') {
                    ellipses++, characters += 2, at += 2;
                } else if (*at == 0xE2 && line_end - at > 2 && at[1] == 0x80 && at[2] == 0xA6) {
                    ellipses++;
                }
            }
            last = at;
            words++;
            with_letter += has;
            if (at - word < 5) {
                for (int stop = 0; stop < 8; stop++)
                    if (strlen(STOP[stop]) == (size_t)(at - word) && !memcmp(STOP[stop], word, at - word))
                        stops |= 1 << stop;
            }
        }
        if (any) {
            lines++;
            dotted += last[-1] == '.' ? last[-2] == '.' && last[-3] == '.'
                                      : last[-1] == 0xA6 && last[-2] == 0x80 && last[-3] == 0xE2;
        }
        at = line_end + 1;
    }
    return words >= 50 && words <= 100000 && characters >= 3 * words && characters <= 10 * words
        && 10 * hashes <= words && 10 * ellipses <= words && 10 * bullets <= 9 * lines
        && 10 * dotted <= 3 * lines && 5 * with_letter >= 4 * words && __builtin_popcountll(stops) > 1;
}

void judge(const uint8_t *data, const int64_t *offsets, int64_t rows, uint8_t *kept) {
    for (int64_t row = 0; row < rows; row++)
        kept[row] = keeps(data + offsets[row], data + offsets[row + 1]);
}
