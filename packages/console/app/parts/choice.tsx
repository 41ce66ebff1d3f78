import { useDeployment } from '../shell/session.ts';
import { useAddress } from '../shell/use-address.ts';

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}

export interface Perspective {
  window: number;
  activity: string;
}

/** Window and activity, from the address; those that the deployment has not are replaced by those that it has. */
export function usePerspective(): Perspective {
  const { windows, activities } = useDeployment();
  const { query } = useAddress();
  const asked = Number(query['window']);
  const fallback = windows.includes(30) ? 30 : (windows[0] ?? 30);
  const activity = query['activity'] ?? '';
  return {
    window: windows.includes(asked) ? asked : fallback,
    activity: activities.includes(activity) ? activity : (activities[0] ?? 'purchase'),
  };
}

/** Chooses window and activity for a page. */
export function PerspectiveChoice({ window, activity }: Perspective) {
  const { windows, activities } = useDeployment();
  const { change } = useAddress();
  return (
    <>
      <Choice
        label="Window"
        value={String(window)}
        options={windows.map((days) => ({ value: String(days), text: `${days} days` }))}
        onChange={(value) => change({ window: value })}
      />
      <Choice
        label="Activity"
        value={activity}
        options={activities.map((name) => ({ value: name, text: name }))}
        onChange={(value) => change({ activity: value })}
      />
    </>
  );
}
