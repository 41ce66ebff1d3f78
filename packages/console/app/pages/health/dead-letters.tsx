/** Records that a consumer could not process, of all services, with a second try. */
import { useState } from 'preact/hooks';
import { addressOf, Problem, type Service, send } from '../../api/ask.ts';
import { type Asked, useAnswer } from '../../api/use-answer.ts';
import { Card } from '../../parts/page.tsx';
import { Failed, Loading } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCode, formatMoment } from '../../text/format.ts';

interface Letter {
  id: number;
  group: string;
  topic: string;
  state: string;
  code: string;
  message: string;
  savedAt: string;
}

interface LettersAnswer {
  items: readonly Letter[];
  nextCursor: string | null;
}

const services: readonly Service[] = ['ingest', 'identity', 'metrics'];
const limit = 20;

export function DeadLetters() {
  return (
    <Card title="Dead letters">
      {services.map((service) => (
        <OfService key={service} service={service} />
      ))}
    </Card>
  );
}

function OfService({ service }: { service: Service }) {
  const asked = useAnswer<LettersAnswer>(addressOf(service, '/v1/dead-letters', { limit }));
  return (
    <>
      <h3>{service}</h3>
      <Letters service={service} asked={asked} />
    </>
  );
}

function Letters({ service, asked }: { service: Service; asked: Asked<LettersAnswer> }) {
  const { data, problem, reload } = asked;
  if (problem !== null) return <Failed message={problem.message} retry={reload} />;
  if (data === null) return <Loading what="the dead letters" />;
  if (data.items.length === 0) return <p class="muted">None.</p>;
  const columns: Column<Letter>[] = [
    { title: 'Set aside', cell: ({ savedAt }) => formatMoment(savedAt) },
    { title: 'Reason', cell: ({ code }) => formatCode(code) },
    { title: 'State', cell: ({ state }) => state },
    { title: 'Message', cell: ({ message }) => message },
    { title: 'Again', cell: ({ id }) => <Replay service={service} id={id} onDone={reload} /> },
  ];
  return (
    <>
      <Table
        name={`Dead letters of ${service}`}
        rows={data.items}
        keyOf={({ id }) => String(id)}
        columns={columns}
      />
      {data.nextCursor === null ? null : <p class="note">The newest {limit} are shown.</p>}
    </>
  );
}

function Replay({ service, id, onDone }: { service: Service; id: number; onDone: () => void }) {
  const [fault, setFault] = useState<string | null>(null);
  const replay = async (): Promise<void> => {
    try {
      await send(addressOf(service, `/v1/dead-letters/${id}/replay`), { method: 'POST' });
      onDone();
    } catch (error) {
      setFault(error instanceof Problem ? error.message : String(error));
    }
  };
  return (
    <>
      <button
        type="button"
        class="quiet"
        aria-label={`Process again: dead letter ${id}`}
        onClick={() => void replay()}
      >
        Process again
      </button>
      <span class="fault" role="alert">
        {fault}
      </span>
    </>
  );
}
