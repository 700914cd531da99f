import { useDrawing, useDrawingStore } from '../../../app/drawing.ts';
import { Checkbox } from '../../../ui/Checkbox.tsx';
import { Fieldset } from '../../../ui/Fieldset.tsx';
import { tellDrawing } from './drawingWords.ts';

/** How this computer draws sessions: the one switch between the display of our own and that of guacamole-common-js. */
export function DrawingSection() {
  const store = useDrawingStore();
  const state = useDrawing();
  const { hasWorkers } = store;
  return (
    <Fieldset title="Pictures of sessions">
      <Checkbox
        label="Draw sessions with guacamole-common-js"
        hint={tellDrawing(state, hasWorkers)}
        disabled={!hasWorkers}
        checked={!hasWorkers || state.wanted === 'guacamole-common-js'}
        onChange={(isOn) => store.choose(isOn ? 'guacamole-common-js' : 'worker')}
      />
    </Fieldset>
  );
}
