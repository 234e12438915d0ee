// A counter that can be asked for its steps.
#import <Foundation/Foundation.h>

@interface Counter : NSObject {
    int _steps;
}
- (void)step;
- (int)steps;
@end

@implementation Counter
- (void)step {
    _steps++;
}
- (int)steps {
    return _steps;
}
@end

int main(void) {
    Counter *counter = [[Counter alloc] init];
    for (int turn = 0; turn < 10; turn++) [counter step];
    NSLog(@"%d", [counter steps]);
    [counter release];
    return 0;
}
