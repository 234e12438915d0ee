/* Draws a circle on a canvas that only its own project has. */
#include <stdio.h>
#include "canvas/canvas.h"

int main(void)
{
    struct canvas *canvas = canvas_open(640, 480);
    for (int degree = 0; degree < 360; degree++)
        canvas_dot(canvas, 320 + degree, 240 - degree);
    canvas_close(canvas);
    printf("done\n");
    return 0;
}
